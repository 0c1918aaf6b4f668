---- MODULE MC_fix_refgoon ----
EXTENDS Consensus
cOwner == <<1,2,1>>
cConfigs == <<{1,2,3}>>
cPartP == <<{1,2},{2,3},{1,3}>>
cPartA == <<{1,2},{2,3},{1,3}>>
====
