---- MODULE MC_fifo_mut_dropreset ----
EXTENDS Fifo
====
