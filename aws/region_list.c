#include "aws/region_list.h"

#include <string.h>

#include "aws/region.h"

static const char *const commercial[] = {
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",      "af-south-1",     "ap-east-1",
    "ap-east-2",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",     "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
    "ap-southeast-7", "ca-central-1",   "ca-west-1",      "eu-central-1",   "eu-central-2",   "eu-north-1",
    "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",      "eu-west-3",      "il-central-1",
    "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",
};
static const char *const china[] = {"cn-north-1", "cn-northwest-1"};
static const char *const government[] = {"us-gov-east-1", "us-gov-west-1"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *const *aws_regions_beside(struct str region, size_t *count)
{
    const char *partition = aws_partition_of(region)->name;

    if (strcmp(partition, "aws-cn") == 0) {
        *count = COUNT(china);
        return china;
    }
    if (strcmp(partition, "aws-us-gov") == 0) {
        *count = COUNT(government);
        return government;
    }
    *count = COUNT(commercial);
    return commercial;
}
