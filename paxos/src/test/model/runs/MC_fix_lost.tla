---- MODULE MC_fix_lost ----
EXTENDS Consensus
cOwner == <<1,3>>
cConfigs == <<{1,2,3}>>
cPartP == <<{1,2},{2,3}>>
cPartA == <<{1,2},{2,3}>>
====
