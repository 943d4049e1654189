"""The opening service: alone in holding department keys. Opens what arrives, reads for staff, signs decisions."""
