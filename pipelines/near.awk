# The words that are nearest to the first operand: awk -f near.awk WORD KNOWN...; variables of make, or with -v names=1 other names.
function least(a, b, c) { a = a < b ? a : b; return a < c ? a : c }
function distance(s, t,    i, j, d) { # Levenshtein's
    for (i = 0; i <= length(s); i++) d[i, 0] = i
    for (j = 0; j <= length(t); j++) d[0, j] = j
    for (i = 1; i <= length(s); i++)
        for (j = 1; j <= length(t); j++)
            d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (substr(s, i, 1) != substr(t, j, 1)))
    return d[length(s), length(t)]
}
BEGIN {
    word = names ? ARGV[1] : toupper(ARGV[1])
    end = names ? "" : "="
    for (k = 2; k < ARGC; k++) {
        d = distance(word, ARGV[k])
        # a part of a name is near it: EPOCHS has none, SEEDS is of METHODS_SEEDS
        if (index(ARGV[k], word) || index(word, ARGV[k]) == 1) d = 1
        if (d <= (names ? 2 : length(word) / 2)) near = near " " ARGV[k] end
        all = all " " ARGV[k] end
    }
    # an option of training stands in the recipe
    recipe = index(all, "RECIPE=") && word ~ /^(EPOCHS|STEPS|BATCH|ACCUM|LR|SCHEDULE|WARMUP|CLIP|OPTIMIZER|DROPOUT|WEIGHT_DECAY)$/
    option = tolower(word)
    gsub("_", "-", option)
    if (recipe) print "it is an option of training: RECIPE=\"--" option " ...\""
    else print near != "" ? "do you mean" near "?" : "there are" all
}
