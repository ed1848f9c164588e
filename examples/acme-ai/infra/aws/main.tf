terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.80"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  tags = {
    application = "fraud-research"
    environment = "production"
    owner       = "data-science"
  }
}

module "notebook" {
  source        = "./modules/notebook"
  name          = "fraud-research"
  role_arn      = aws_iam_role.research.arn
  instance_type = "ml.t3.large"
  tags          = local.tags
}

resource "aws_s3_bucket" "training" {
  bucket = "acme-fraud-training"
  tags   = local.tags
}

resource "aws_s3_bucket_public_access_block" "training" {
  bucket                  = aws_s3_bucket.training.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "training" {
  bucket = aws_s3_bucket.training.id
  versioning_configuration {
    status = "Disabled"
  }
}

# Holds the pictures of the website: public on purpose, and no AI near it.
resource "aws_s3_bucket" "pictures" {
  bucket = "acme-website-pictures"
}

resource "aws_s3_bucket_acl" "pictures" {
  bucket = aws_s3_bucket.pictures.id
  acl    = "public-read"
}

data "aws_iam_policy_document" "research_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }

  # The scoring service in the cluster borrows the researchers' role.
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"]
    }
    condition {
      test     = "StringEquals"
      variable = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub"
      values   = ["system:serviceaccount:payments:fraud-scoring"]
    }
  }
}

resource "aws_iam_role" "research" {
  name               = "fraud-research"
  assume_role_policy = data.aws_iam_policy_document.research_trust.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "research" {
  name = "research"
  role = aws_iam_role.research.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:*", "sagemaker:*"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_sagemaker_model" "fraud" {
  name                     = "fraud-classifier"
  execution_role_arn       = aws_iam_role.research.arn
  enable_network_isolation = true
  primary_container {
    image          = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    model_data_url = "s3://acme-fraud-training/models/fraud.tar.gz"
  }
  vpc_config {
    subnets            = var.subnets
    security_group_ids = var.security_groups
  }
  tags = local.tags
}
