# The conditions of a table of make q1 or the steps of one of make q2 by their verdict, a sentence each: awk -F '\t' -f verdicts.awk q1.tsv
FNR == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
{
    name = "step" in at ? $at["task"] " at step " $at["step"] : $at["condition"]
    names[$at["verdict"]] = names[$at["verdict"]] (names[$at["verdict"]] == "" ? "" : ", ") name
    count[$at["verdict"]]++
    rows++
}
function told(verdict, text) {
    if (count[verdict]) printf "%s, %d of %d: %s.\n", text, count[verdict], rows, names[verdict]
}
END {
    told("connected", "Connected (the interval of the mean height ends below what counts for nothing)")
    told("barrier", "With a barrier (the interval begins above that)")
    told("undecided", "Undecided")
}
