---- MODULE MC_fifo_mut_dropforget ----
EXTENDS Fifo
====
