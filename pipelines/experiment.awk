# A table with one column more, in front: the experiment that its rows are of; head=1: with its header.
#   ... | awk -v experiment=NAME -v head=1 -f experiment.awk
BEGIN { FS = OFS = "\t" }
NR == 1 { if (head) print "experiment", $0; next }
{ print experiment, $0 }
END { if (NR < 2) exit 1 }
