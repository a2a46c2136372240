output "cluster_id" {
  value = aws_eks_cluster.this.id
}

output "cluster_arn" {
  value = aws_eks_cluster.this.arn
}

output "region" {
  value = var.region
}

output "endpoint" {
  value = aws_eks_cluster.this.endpoint
}

output "kubernetes_version" {
  value = aws_eks_cluster.this.version
}

output "oidc_issuer" {
  value = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "oidc_provider_arn" {
  value = aws_iam_openid_connect_provider.this.arn
}

output "vpc_id" {
  value = aws_eks_cluster.this.vpc_config[0].vpc_id
}

output "subnet_ids" {
  value = local.subnet_ids
}

output "node_role_arn" {
  value = local.node_role_arn
}

output "kubeconfig_command" {
  value = "aws eks update-kubeconfig --region ${var.region} --name ${aws_eks_cluster.this.name}"
}
