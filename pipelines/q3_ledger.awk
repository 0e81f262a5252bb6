# Rows of mc-knowledge with the condition, the seed and the ends of the path that they are of, in front; head=1: with the header.
#   awk -v condition=NAME -v seed=SEED -v head=1 -f q3_ledger.awk path.tsv ledger.tsv     of mc-eval and of mc-knowledge, of one path
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    if (++file == 1) for (i = 1; i <= NF; i++) at[$i] = i
    else if (head) print "condition", "seed", "from", "to", $0
    next
}
file == 1 { from = $at["from"]; to = $at["to"]; next }
{ print condition, seed, from, to, $0 }
END { if (file < 2) exit 1 }
