# A table with one column more, of the condition that its rows are of; head=1: with its header.
#   ... | awk -v condition=NAME -v head=1 -f condition.awk
BEGIN { FS = OFS = "\t" }
NR == 1 { if (head) print $0, "condition"; next }
{ print $0, condition }
END { if (NR < 2) exit 1 }
