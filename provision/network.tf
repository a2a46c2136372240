locals {
  make_vpc   = length(var.subnet_ids) == 0
  ipv6       = var.ip_family == "ipv6"
  subnet_ids = local.make_vpc ? aws_subnet.this[*].id : var.subnet_ids
  made_zones = local.make_vpc ? var.zones : 0
}

data "aws_availability_zones" "this" {
  count = local.make_vpc ? 1 : 0
  state = "available"
  # Zones in which EKS places no control plane.
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }
}

# Subnets that were given: what does not fit is said before anything is made.
data "aws_subnet" "given" {
  for_each = toset(var.subnet_ids)
  id       = each.value

  lifecycle {
    postcondition {
      condition     = var.vpc_id == null || self.vpc_id == var.vpc_id
      error_message = "${self.id} is in ${self.vpc_id}."
    }
    postcondition {
      condition     = !local.ipv6 || try(length(self.ipv6_cidr_block) > 0, false)
      error_message = "${self.id} has no IPv6 addresses, which ip_family ipv6 needs."
    }
  }
}

resource "aws_vpc" "this" {
  count = local.make_vpc ? 1 : 0

  cidr_block                       = var.vpc_cidr
  enable_dns_hostnames             = true
  enable_dns_support               = true
  assign_generated_ipv6_cidr_block = local.ipv6

  tags = { Name = var.cluster_name }
}

resource "aws_internet_gateway" "this" {
  count  = local.make_vpc ? 1 : 0
  vpc_id = aws_vpc.this[0].id

  tags = { Name = var.cluster_name }
}

# Nodes have public addresses, and no NAT gateway is paid for; the cluster's security group lets nobody in.
resource "aws_subnet" "this" {
  count = local.made_zones

  vpc_id                          = aws_vpc.this[0].id
  availability_zone               = sort(data.aws_availability_zones.this[0].names)[count.index]
  cidr_block                      = cidrsubnet(var.vpc_cidr, 2, count.index)
  ipv6_cidr_block                 = local.ipv6 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, count.index) : null
  assign_ipv6_address_on_creation = local.ipv6
  map_public_ip_on_launch         = true

  # By these the load balancer controller finds where to put its balancers.
  tags = {
    Name                                        = "${var.cluster_name}-${count.index}"
    "kubernetes.io/cluster/${var.cluster_name}" = "shared"
    "kubernetes.io/role/elb"                    = "1"
    "kubernetes.io/role/internal-elb"           = "1"
  }

  lifecycle {
    # A zone that AWS adds must not move the others.
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "this" {
  count  = local.make_vpc ? 1 : 0
  vpc_id = aws_vpc.this[0].id

  tags = { Name = var.cluster_name }
}

resource "aws_route" "ipv4" {
  count                  = local.make_vpc ? 1 : 0
  route_table_id         = aws_route_table.this[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route" "ipv6" {
  count                       = local.make_vpc && local.ipv6 ? 1 : 0
  route_table_id              = aws_route_table.this[0].id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "this" {
  count          = local.made_zones
  subnet_id      = aws_subnet.this[count.index].id
  route_table_id = aws_route_table.this[0].id
}
