# Shared by the plots: what is explained, under the panels, as key.gp has the legend above them. Before it: layout.gp's notes,
# note_columns, note_wide and foot, note[], note_look[].
if (notes > 0) {
    entries = notes
    array title[notes]
    array look[notes]
    do for [k = 1:notes] { title[k] = note[k]; look[k] = note_look[k] }
    columns = note_columns; title_wide = note_wide; key_top = (foot - .4 * glyph) / high; top = 0
    load dir . "key.gp"
}
