/*
 * The texts of an order, one by one. Each check returns NULL for a good text, else what it must be (static text): they
 * are made for the check of a struct field, and scan by hand what a regular expression of most libraries would let
 * through with a line feed at its end.
 */
#ifndef EKSGATE_TERRAFORM_ORDER_TEXT_H
#define EKSGATE_TERRAFORM_ORDER_TEXT_H

#include "base/str.h"

const char *order_check_version(struct str version);       /* of Kubernetes: "1.33" */
const char *order_check_instance_type(struct str type);    /* also those that are newer than this program */
const char *order_check_region(struct str region);         /* by its form */
const char *order_check_role_arn(struct str arn);          /* of an IAM role */
const char *order_check_principal_arn(struct str arn);     /* of a role or user */
const char *order_check_external_id(struct str id);        /* that STS takes */
const char *order_check_role_name(struct str name);        /* of an IAM role, without its path */
const char *order_check_vpc(struct str id);                /* "vpc-0123abcd" */
const char *order_check_subnet(struct str id);             /* "subnet-0123abcd" */
const char *order_check_vpc_cidr(struct str cidr);         /* a private IPv4 network from /16 to /24 */
const char *order_check_public_cidr(struct str cidr);      /* an IPv4 or IPv6 network without bits behind its mask */
const char *order_check_environment(struct str name);      /* becomes the value of a tag */
const char *order_check_addon(struct str name);            /* "vpc-cni" */
const char *order_check_addon_version(struct str version); /* "v1.19.2-eksbuild.1"; "": EKS's default */
const char *order_check_account(struct str account);       /* a service account: "kube-system/name" */
const char *order_check_tag_key(struct str key);           /* not of AWS's, Kubernetes' or our own */
const char *order_check_tag_value(struct str value);
const char *order_check_address(struct str address); /* of a resource: aws_eks_node_group.this["a"] */

#endif
