# Shared by the plots: how high a picture is with its title and its legend, so that no text leaves it.
# Before it: head (the title), wide, inner (pixels; the height of the panels with their axes), glyph
# (size of the font), entries and title[1:entries] of the legend, none if entries is 0. After it: high,
# columns and rows of the legend, key_top and top (on the screen: of the legend, of the panels),
# head_size; what is longer than the picture is cut.
set encoding utf8
cut(s, most) = strlen(s) > most ? s[1:most - 1] . "…" : s
letters = floor((wide - 6 * glyph) / (.6 * glyph)) # of a legend of one column
longest = 1
do for [k = 1:entries] {
    title[k] = cut(title[k], letters)
    longest = strlen(title[k]) > longest ? strlen(title[k]) : longest
}
columns = floor(wide / (.6 * glyph * longest + 5.5 * glyph))
columns = columns < 1 ? 1 : columns > 4 ? 4 : columns
columns = columns > entries ? (entries > 0 ? entries : 1) : columns
rows = (entries + columns - 1) / columns
head_size = wide / (.6 * (strlen(head) + 4))
head_size = head_size > glyph + 2 ? glyph + 2 : head_size < .75 * glyph ? .75 * glyph : head_size
head = cut(head, floor(wide / (.6 * head_size)))
head_high = head eq "" ? .6 * glyph : 2.2 * glyph
row_high = (out[strlen(out) - 3:*] eq ".svg" ? 1.6 : 1.3) * glyph # as the terminal sets them
high = inner + head_high + row_high * rows + .5 * glyph
key_top = 1 - head_high / high
top = inner / high
head_font = sprintf(",%.1f", head_size)
