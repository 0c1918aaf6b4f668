---- MODULE MC_fix_behind ----
EXTENDS Consensus
cOwner == <<1,3>>
cConfigs == <<{1,2,3}>>
cPartP == [b \in 1..2 |-> 1..3]
cPartA == [b \in 1..2 |-> 1..3]
====
