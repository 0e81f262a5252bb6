# What mc-barrier notes of the ends of a path, in words: "; WORDS; WORDS", or nothing. A row over all paths has no notes of its own: of those of single
# ones before it, counted by what they are of, it is told how many have an end no better than chance.
BEGIN {
    words["chance_0"] = "end 0 no better than chance"
    words["chance_1"] = "end 1 no better than chance"
    words["chance"] = "both ends no better than chance"
    words["uneven"] = "ends uneven"
}
function said_notes(notes,    n, i, note, text) {
    sub(/chance_0,chance_1/, "chance", notes)
    n = split(notes, note, ",")
    for (i = 1; i <= n; i++) text = text "; " (note[i] in words ? words[note[i]] : note[i])
    return text
}
function count_notes(of, notes) {
    paths_of[of]++
    if (notes ~ /chance_/) at_chance[of]++
}
function said_notes_of_all(of) {
    return at_chance[of] ? sprintf("; %d of %d paths have an end no better than chance", at_chance[of], paths_of[of]) : ""
}
