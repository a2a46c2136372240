locals {
  # Nodes become ready only with these; the other add-ons become active only on nodes that are ready.
  early_addons = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]

  user_data = templatefile("${path.module}/user-data.tftpl", { cluster_name = var.cluster_name })
}

resource "aws_kms_key" "secrets" {
  count = var.encrypt_secrets ? 1 : 0

  description             = "Kubernetes Secrets of ${var.cluster_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "secrets" {
  count = var.encrypt_secrets ? 1 : 0

  name          = "alias/eksgate/${local.name}"
  target_key_id = aws_kms_key.secrets[0].key_id
}

resource "aws_eks_cluster" "this" {
  name     = var.cluster_name
  version  = var.kubernetes_version
  role_arn = local.cluster_role_arn

  # The add-ons below come instead.
  bootstrap_self_managed_addons = false
  deletion_protection           = var.deletion_protection

  vpc_config {
    subnet_ids              = local.subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = !var.private_endpoint_only
    public_access_cidrs     = var.private_endpoint_only ? null : var.public_access_cidrs
  }

  kubernetes_network_config {
    ip_family = var.ip_family
  }

  access_config {
    authentication_mode = "API_AND_CONFIG_MAP"
    # The entry of one who is named below must not be there already.
    bootstrap_cluster_creator_admin_permissions = var.admin_principal_arn == null
  }

  upgrade_policy {
    support_type = var.support_type
  }

  dynamic "encryption_config" {
    for_each = aws_kms_key.secrets
    content {
      resources = ["secrets"]
      provider {
        key_arn = encryption_config.value.arn
      }
    }
  }

  timeouts {
    create = "45m"
    update = "90m"
    delete = "30m"
  }

  lifecycle {
    # AWS does not tell these of a cluster that is adopted; without this it would be replaced.
    ignore_changes = [bootstrap_self_managed_addons, access_config[0].bootstrap_cluster_creator_admin_permissions]

    precondition {
      condition     = !local.make_vpc || var.vpc_id == null
      error_message = "vpc_id goes with subnet_ids."
    }
    precondition {
      condition     = local.make_vpc || length(distinct(values(data.aws_subnet.given)[*].availability_zone)) >= 2
      error_message = "EKS needs subnets in at least two availability zones."
    }
    precondition {
      condition     = var.node_min >= 0 && var.node_min <= var.node_desired && var.node_desired <= var.node_max
      error_message = "node_min, node_desired and node_max have to be in this order, from 0 up."
    }
  }

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

# Who may in

resource "aws_eks_access_entry" "admin" {
  count = var.admin_principal_arn == null ? 0 : 1

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = var.admin_principal_arn
}

resource "aws_eks_access_policy_association" "admin" {
  count = var.admin_principal_arn == null ? 0 : 1

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.admin[0].principal_arn
  policy_arn    = "arn:${data.aws_partition.this.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_eks_pod_identity_association" "this" {
  for_each = local.pod_identity

  cluster_name    = aws_eks_cluster.this.name
  namespace       = split("/", each.key)[0]
  service_account = split("/", each.key)[1]
  role_arn        = each.value

  depends_on = [aws_iam_role_policy_attachment.ebs]
}

# Nodes

resource "aws_launch_template" "node" {
  name                   = "${local.name}-node"
  update_default_version = true
  user_data              = base64encode(local.user_data)

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 50
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  # IMDSv2 only.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
    http_protocol_ipv6          = local.ipv6 ? "enabled" : "disabled"
  }

  # The provider's default tags end at the template.
  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]
    content {
      resource_type = tag_specifications.value
      tags          = merge(local.tags, { Name = "${var.cluster_name}-node" })
    }
  }
}

resource "aws_eks_node_group" "first" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "node-group-1"
  version         = aws_eks_cluster.this.version
  node_role_arn   = local.node_role_arn
  subnet_ids      = local.subnet_ids
  instance_types  = [coalesce(var.first_instance_type, var.instance_type)]
  ami_type        = var.first_instance_type == null ? var.ami_type : var.first_ami_type

  scaling_config {
    min_size     = var.first_node_count
    desired_size = var.first_node_count
    max_size     = var.first_node_count
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  depends_on = [
    aws_eks_addon.early,
    aws_iam_role_policy.cni_ipv6,
    aws_iam_role_policy_attachment.node,
    aws_route.ipv4,
    aws_route.ipv6,
    aws_route_table_association.this,
  ]
}

resource "aws_eks_node_group" "second" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "node-group-2"
  version         = aws_eks_cluster.this.version
  node_role_arn   = local.node_role_arn
  subnet_ids      = local.subnet_ids
  instance_types  = [var.instance_type]
  ami_type        = var.ami_type
  capacity_type   = var.capacity_type

  scaling_config {
    min_size     = var.node_min
    desired_size = var.node_desired
    max_size     = var.node_max
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }

  depends_on = [
    aws_eks_addon.early,
    aws_iam_role_policy.cni_ipv6,
    aws_iam_role_policy_attachment.node,
    aws_route.ipv4,
    aws_route.ipv6,
    aws_route_table_association.this,
  ]
}

# Add-ons

resource "aws_eks_addon" "early" {
  for_each = { for name, version in var.addons : name => version if contains(local.early_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value == "" ? null : each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
}

resource "aws_eks_addon" "late" {
  for_each = { for name, version in var.addons : name => version if !contains(local.early_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value == "" ? null : each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"

  depends_on = [aws_eks_node_group.first, aws_eks_node_group.second, aws_eks_pod_identity_association.this]
}
