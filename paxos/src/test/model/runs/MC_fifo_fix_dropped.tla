---- MODULE MC_fifo_fix_dropped ----
EXTENDS Fifo
====
