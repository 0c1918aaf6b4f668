---- MODULE MC_fifo_fix_dropped2 ----
EXTENDS Fifo
====
