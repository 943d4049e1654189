"""Paper and PDF: receipts as neutral blocks, finished applications as forms."""
