# The waves of a plan: awk -F '\t' -f submit.awk, of lines `plan GOAL FOLDER HEAVY TARGETS NEEDS` as make says them with -n and PLAN=1.
#
# A stage is a row; those that are heavy, and those that a heavy one waits for, are of a wave: one more than the last of the stages that they
# wait for. So no two of a wave need or make the same file that is not there. Prints a line a task, WAVE, GOAL, TARGETS: a heavy stage
# each, and for all the others of a wave that are of one goal one more, for they take seconds.
$1 != "plan" { next }
{
    split($5, target, " ")
    if (target[1] in of) next # told before, by the make that this one calls
    stages++
    goal[stages] = $2
    heavy[stages] = $4
    needs[stages] = $6
    first[stages] = target[1]
    for (t in target) of[target[t]] = stages
}
# wanted(STAGE): it and what it waits for are of waves
function wanted(s, n, i, need) {
    if (s in is_wanted) return
    is_wanted[s] = 1
    n = split(needs[s], need, " ")
    for (i = 1; i <= n; i++) if (need[i] in of) wanted(of[need[i]])
}
function wave_of(s, n, i, need, w, last) {
    if (s in wave) return wave[s]
    n = split(needs[s], need, " ")
    for (i = 1; i <= n; i++) if (need[i] in of && (w = wave_of(of[need[i]])) > last) last = w
    return wave[s] = last + 1
}
END {
    OFS = "\t"
    for (s = 1; s <= stages; s++) if (heavy[s]) wanted(s)
    for (s = 1; s <= stages; s++) if (s in is_wanted && wave_of(s) > waves) waves = wave[s]
    for (w = 1; w <= waves; w++) {
        split("", light)
        n = 0
        for (s = 1; s <= stages; s++) {
            if (!(s in is_wanted) || wave[s] != w) continue
            if (heavy[s]) print w, goal[s], first[s]
            else if (goal[s] in light) light[goal[s]] = light[goal[s]] " " first[s]
            else { light[goal[s]] = first[s]; light_goal[++n] = goal[s] }
        }
        for (i = 1; i <= n; i++) print w, light_goal[i], light[light_goal[i]]
    }
}
