"""Certificates: card-verifiable ones for terminals, CMS and CSCA for what cards sign, and a test PKI."""
