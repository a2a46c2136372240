/*
 * What is asked of AWS beside Terraform: which images the nodes of a run need and, while it works, what EKS says is
 * wrong with the parts of its cluster. Where AWS can not be asked the run goes on without.
 */
#ifndef EKSGATE_AGENT_RUN_AWS_H
#define EKSGATE_AGENT_RUN_AWS_H

#include "agent/run_work.h"

/* Before the run is started: work->images. */
void run_aws_find_images(struct run_work *work);

/* With each turn; asks every now and then while the cluster is made or changed, and once when that has ended. What is
 * new becomes work->issues and a part of work->news. */
void run_aws_look(struct run_work *work, bool has_ended);

#endif
