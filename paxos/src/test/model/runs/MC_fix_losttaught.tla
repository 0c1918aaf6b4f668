---- MODULE MC_fix_losttaught ----
EXTENDS Consensus
cOwner == <<1,1>>
cConfigs == <<{1,2,3},{1,2,4}>>
cPartP == <<{1,2},{1,2,4}>>
cPartA == <<{1,2},{1,2,4}>>
====
