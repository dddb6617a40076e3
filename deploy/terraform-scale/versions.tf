terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0"
    }
  }
}

# Account and rights are those of the AWS command line (AWS_PROFILE).
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project = var.name
    }
  }
}
