# A table of mc-dist --series with the steps that its models are named by, where their streams do not say them:
#   awk -v steps='0 100 ...' -f q2_steps.awk series.tsv
BEGIN { FS = OFS = "\t"; split(steps, step, " ") }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
NR > 1 {
    $at["step_a"] = step[$at["a"] + 1]
    $at["step_b"] = step[$at["b"] + 1]
}
{ print }
