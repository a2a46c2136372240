output "cluster_id" {
  value = aws_eks_cluster.this.id
}

output "region" {
  value = var.region
}

output "kubeconfig_command" {
  value = local.kubeconfig_command
}

# Everything at once, as eksgate reads it.
output "cluster" {
  value = {
    cluster_id         = aws_eks_cluster.this.id
    cluster_arn        = aws_eks_cluster.this.arn
    region             = var.region
    endpoint           = aws_eks_cluster.this.endpoint
    kubernetes_version = aws_eks_cluster.this.version
    oidc_issuer        = aws_eks_cluster.this.identity[0].oidc[0].issuer
    oidc_provider_arn  = aws_iam_openid_connect_provider.this.arn
    vpc_id             = aws_eks_cluster.this.vpc_config[0].vpc_id
    subnet_ids         = local.subnet_ids
    node_role_arn      = local.node_role_arn
    kubeconfig_command = local.kubeconfig_command
  }
}

locals {
  kubeconfig_command = "aws eks update-kubeconfig --region ${var.region} --name ${var.cluster_name}"
}
