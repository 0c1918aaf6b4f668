---- MODULE MC_fifo_mut_droprow ----
EXTENDS Fifo
====
