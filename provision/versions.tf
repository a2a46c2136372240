terraform {
  required_version = ">= 1.10, < 2.0"

  # The only provider: the others are neither needed nor, without a registry, at hand.
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.47, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region

  dynamic "assume_role" {
    for_each = var.assume_role_arn == null ? [] : [var.assume_role_arn]
    content {
      role_arn     = assume_role.value
      external_id  = var.assume_role_external_id
      session_name = "eksgate-provision"
    }
  }

  default_tags {
    tags = local.tags
  }
}

locals {
  # By eksgate/… what an interrupted run left is known again, so these win.
  tags = merge({ environment = var.environment }, var.tags, {
    "eksgate/cluster"    = var.cluster_name
    "eksgate/managed-by" = "eksgate"
  })

  # Names that another run finds again: no random part, unique in the account, and short enough for IAM's 64 characters.
  name = "${substr(var.cluster_name, 0, 40)}-${substr(sha1("${var.region}/${var.cluster_name}"), 0, 8)}"
}
