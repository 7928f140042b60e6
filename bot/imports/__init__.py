"""What Zoom exports, read: text in, plain values out. No names or addresses leave the readers of reports."""
