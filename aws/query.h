/*
 * The Query APIs of AWS (EC2, Elastic Load Balancing, IAM): an action with parameters in a form, an answer in XML.
 *
 *   const struct aws_query query = {.service = AWS_EC2, .action = "DescribeSubnets",
 *                                   .parameters = {{"Filter.1.Name", STR("vpc-id")}, {"Filter.1.Value.1", vpc}},
 *                                   .items = "DescribeSubnetsResponse/subnetSet/item"};
 *
 *   aws_query_each(client, credentials, region, &query, take_subnet, &work, &err);
 */
#ifndef EKSGATE_AWS_QUERY_H
#define EKSGATE_AWS_QUERY_H

#include "aws/call.h"
#include "aws/xml.h"

#define AWS_QUERY_PARAMETERS 32

struct aws_parameter {
    const char *name; /* NULL ends the list */
    struct str value;
};

struct aws_query {
    enum aws_service service; /* AWS_EC2, AWS_ELB, AWS_ELBV2 or AWS_IAM */
    const char *action;
    struct aws_parameter parameters[AWS_QUERY_PARAMETERS];
    const char *items; /* of a list: where its elements are, as for xml_each() */
};

/* 0 with the answer's XML, in the client's arena; -1 as aws_call(). */
int aws_query(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
              const struct aws_query *query, struct str *body, struct err *err);

/* Calls take() with each element of the list, over all its pages; it returns 0, or -1 to stop without an error. 0, or
 * -1 with err. */
int aws_query_each(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   const struct aws_query *query, int (*take)(void *arg, struct str element), void *arg,
                   struct err *err);

#endif
