# The same members as the order that POST /api/provision/clusters/provision takes, which checks them first and in more
# depth; what is checked here again would otherwise fail late, in the middle of an apply.

variable "cluster_name" {
  type = string
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$", var.cluster_name))
    error_message = "Lower-case letters, digits and inner hyphens, at most 100."
  }
}

variable "kubernetes_version" {
  type    = string
  default = "1.33"
  validation {
    condition     = can(regex("^1\\.(2[5-9]|[3-9][0-9])$", var.kubernetes_version))
    error_message = "A minor version such as 1.33."
  }
}

variable "ip_family" {
  description = "Of pods and services. It cannot be changed later."
  type        = string
  default     = "ipv4"
  validation {
    condition     = contains(["ipv4", "ipv6"], var.ip_family)
    error_message = "Either ipv4 or ipv6."
  }
}

# Where, and as whom

variable "region" {
  type    = string
  default = "ap-south-1"
}

variable "assume_role_arn" {
  description = "A role to take first, such as one of another account."
  type        = string
  default     = null
}

variable "assume_role_external_id" {
  description = "What that role's trust policy asks for."
  type        = string
  default     = null
}

# Network

variable "vpc_id" {
  description = "A VPC that is there; goes with subnet_ids. Without it one is made."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets in at least two zones of that VPC."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "Addresses of the VPC that is made; each zone's subnet gets a quarter."
  type        = string
  default     = "10.60.0.0/16"
  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && can(regex("/(1[6-9]|2[0-4])$", var.vpc_cidr))
    error_message = "An IPv4 range between /16 and /24."
  }
}

variable "zones" {
  description = "In how many availability zones subnets are made."
  type        = number
  default     = 3
  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "Two or three."
  }
}

variable "private_endpoint_only" {
  description = "No public address for the Kubernetes API."
  type        = bool
  default     = false
}

variable "public_access_cidrs" {
  description = "Who may reach the public address of the Kubernetes API."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

# IAM

variable "cluster_role" {
  description = "Name of a role for the control plane, such as EKS_Cluster; without it one is made."
  type        = string
  default     = null
}

variable "node_role" {
  description = "Name of a role for the nodes, such as node-group-k8s; without it one is made."
  type        = string
  default     = null
}

variable "admin_principal_arn" {
  description = "User or role that administers the cluster; without it, who made it."
  type        = string
  default     = null
}

variable "pod_identity" {
  description = "Roles of pods, namespace/service-account to ARN. One for the EBS driver is made unless it is here."
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for account in keys(var.pod_identity) : can(regex("^[a-z0-9.-]+/[a-z0-9.-]+$", account))])
    error_message = "Each key is namespace/service-account."
  }
}

# Nodes. The second group has the type that was chosen; the first is for what the cluster itself needs.

variable "instance_type" {
  type    = string
  default = "m5.xlarge"
}

variable "ami_type" {
  description = "That fits instance_type: AL2023_x86_64_STANDARD, AL2023_ARM_64_STANDARD, AL2023_x86_64_NVIDIA…"
  type        = string
  default     = "AL2023_x86_64_STANDARD"
  validation {
    condition     = can(regex("^AL2023_(x86_64|ARM_64)_(STANDARD|NVIDIA|NEURON)$", var.ami_type))
    error_message = "An AMI type of Amazon Linux 2023."
  }
}

variable "first_instance_type" {
  description = "Of the first group; without it, that of the second."
  type        = string
  default     = null
}

variable "first_ami_type" {
  description = "That fits first_instance_type."
  type        = string
  default     = "AL2023_x86_64_STANDARD"
  validation {
    condition     = can(regex("^AL2023_(x86_64|ARM_64)_(STANDARD|NVIDIA|NEURON)$", var.first_ami_type))
    error_message = "An AMI type of Amazon Linux 2023."
  }
}

variable "first_node_count" {
  type    = number
  default = 2
  validation {
    condition     = var.first_node_count >= 1 && floor(var.first_node_count) == var.first_node_count
    error_message = "At least one: the add-ons run there."
  }
}

variable "node_min" {
  description = "Of the second group, as node_desired and node_max."
  type        = number
  default     = 1
}

variable "node_desired" {
  type    = number
  default = 2
}

variable "node_max" {
  type    = number
  default = 4
  validation {
    condition     = var.node_max >= 1
    error_message = "At least one."
  }
}

# An autoscaler decides. A lifecycle block takes no variables, so provision.sh acts on it: desired_size.override.
# tflint-ignore: terraform_unused_declarations
variable "ignore_desired_size" {
  description = "Leave node_desired of the second group to an autoscaler once it is there."
  type        = bool
  default     = false
}

variable "capacity_type" {
  description = "Of the second group."
  type        = string
  default     = "ON_DEMAND"
  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.capacity_type)
    error_message = "Either ON_DEMAND or SPOT."
  }
}

# The cluster

variable "addons" {
  description = "Name to version; with an empty one AWS chooses."
  type        = map(string)
  default = {
    "vpc-cni"                = ""
    "coredns"                = ""
    "kube-proxy"             = ""
    "aws-ebs-csi-driver"     = ""
    "eks-pod-identity-agent" = ""
  }
}

variable "encrypt_secrets" {
  description = "With a KMS key of the cluster's own. It cannot be taken back."
  type        = bool
  default     = false
}

variable "support_type" {
  description = "After a version's standard support: an upgrade by AWS (STANDARD), or EXTENDED support, which costs."
  type        = string
  default     = "STANDARD"
  validation {
    condition     = contains(["STANDARD", "EXTENDED"], var.support_type)
    error_message = "Either STANDARD or EXTENDED."
  }
}

variable "deletion_protection" {
  description = "EKS itself refuses to delete the cluster until this is false."
  type        = bool
  default     = false
}

variable "environment" {
  description = "A tag of that name."
  type        = string
  default     = "production"
}

variable "tags" {
  description = "On everything that can have tags."
  type        = map(string)
  default     = {}
}
