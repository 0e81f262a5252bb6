# What mc-barrier notes of the ends of a path, in words: "; WORDS; WORDS", or nothing.
BEGIN {
    words["chance_0"] = "end 0 no better than chance"
    words["chance_1"] = "end 1 no better than chance"
    words["uneven"] = "ends uneven"
}
function said_notes(notes,    n, i, note, text) {
    n = split(notes, note, ",")
    for (i = 1; i <= n; i++) text = text "; " (note[i] in words ? words[note[i]] : note[i])
    return text
}
