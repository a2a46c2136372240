locals {
  managed_policy = "arn:${data.aws_partition.this.partition}:iam::aws:policy"

  cluster_role_arn = var.cluster_role == null ? aws_iam_role.cluster[0].arn : data.aws_iam_role.cluster[0].arn
  node_role_arn    = var.node_role == null ? aws_iam_role.node[0].arn : data.aws_iam_role.node[0].arn

  node_policies = concat(
    ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonSSMManagedInstanceCore"],
    local.ipv6 ? [] : ["AmazonEKS_CNI_Policy"],
  )

  ebs_account  = "kube-system/ebs-csi-controller-sa"
  has_ebs      = contains(keys(var.addons), "aws-ebs-csi-driver")
  make_ebs     = local.has_ebs && !contains(keys(var.pod_identity), local.ebs_account)
  pod_identity = merge(local.make_ebs ? { (local.ebs_account) = aws_iam_role.ebs[0].arn } : {}, var.pod_identity)
}

data "aws_partition" "this" {}

data "aws_iam_policy_document" "trust" {
  for_each = {
    cluster = ["eks.amazonaws.com", "sts:AssumeRole"]
    node    = ["ec2.amazonaws.com", "sts:AssumeRole"]
    pod     = ["pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession"]
  }

  statement {
    actions = slice(each.value, 1, length(each.value))
    principals {
      type        = "Service"
      identifiers = [each.value[0]]
    }
  }
}

data "aws_iam_role" "cluster" {
  count = var.cluster_role == null ? 0 : 1
  name  = var.cluster_role
}

data "aws_iam_role" "node" {
  count = var.node_role == null ? 0 : 1
  name  = var.node_role
}

resource "aws_iam_role" "cluster" {
  count = var.cluster_role == null ? 1 : 0

  name                  = "${local.name}-cluster"
  assume_role_policy    = data.aws_iam_policy_document.trust["cluster"].json
  force_detach_policies = true
}

resource "aws_iam_role_policy_attachment" "cluster" {
  count = var.cluster_role == null ? 1 : 0

  role       = aws_iam_role.cluster[0].name
  policy_arn = "${local.managed_policy}/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "node" {
  count = var.node_role == null ? 1 : 0

  name                  = "${local.name}-node"
  assume_role_policy    = data.aws_iam_policy_document.trust["node"].json
  force_detach_policies = true
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(var.node_role == null ? local.node_policies : [])

  role       = aws_iam_role.node[0].name
  policy_arn = "${local.managed_policy}/${each.value}"
}

# What vpc-cni needs for IPv6; AWS has no managed policy of it.
data "aws_iam_policy_document" "cni_ipv6" {
  statement {
    actions = [
      "ec2:AssignIpv6Addresses",
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeTags",
    ]
    resources = ["*"]
  }
  statement {
    actions   = ["ec2:CreateTags"]
    resources = ["arn:${data.aws_partition.this.partition}:ec2:*:*:network-interface/*"]
  }
}

resource "aws_iam_role_policy" "cni_ipv6" {
  count = local.ipv6 && var.node_role == null ? 1 : 0

  name   = "cni-ipv6"
  role   = aws_iam_role.node[0].name
  policy = data.aws_iam_policy_document.cni_ipv6.json
}

resource "aws_iam_role" "ebs" {
  count = local.make_ebs ? 1 : 0

  name                  = "${local.name}-ebs-csi"
  assume_role_policy    = data.aws_iam_policy_document.trust["pod"].json
  force_detach_policies = true
}

resource "aws_iam_role_policy_attachment" "ebs" {
  count = local.make_ebs ? 1 : 0

  role       = aws_iam_role.ebs[0].name
  policy_arn = "${local.managed_policy}/service-role/AmazonEBSCSIDriverPolicy"
}
