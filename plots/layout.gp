# Shared by the plots: how high a picture is with its title and its legend, so that no text leaves it.
# Before it: head (the title), wide, inner (pixels; the height of the panels with their axes), glyph
# (size of the font), entries and title[1:entries] of the legend, none if entries is 0. After it: high,
# columns and rows of the legend, key_top and top (on the screen: of the legend, of the panels), head_y
# and head_font; what is longer than the picture loses its middle.
set encoding utf8
letters = floor((wide - 6 * glyph) / (.72 * glyph)) # of a legend of one column
longest = 1
do for [k = 1:entries] {
    title[k] = middle(title[k], letters)
    longest = strlen(title[k]) > longest ? strlen(title[k]) : longest
}
columns = floor(wide / (.66 * glyph * longest + 5.5 * glyph))
columns = columns < 1 ? 1 : columns > 4 ? 4 : columns
columns = columns > entries ? (entries > 0 ? entries : 1) : columns
rows = (entries + columns - 1) / columns
# The title on up to three lines.
head_size = glyph + 1
most = floor(wide / (.6 * head_size))
space(s, k) = k < 2 ? most : s[k:k] eq " " ? k : space(s, k - 1)
rest = head; head = ""; head_rows = 0
while (strlen(rest) > 0) {
    head_rows = head_rows + 1
    if (strlen(rest) <= most || head_rows == 3) {
        head = head . middle(rest, most); rest = ""
    } else {
        k = space(rest, most)
        head = head . rest[1:k] . "\n"; rest = strlen(rest) > k ? rest[k + 1:*] : ""
    }
}
head_high = head_rows == 0 ? .6 * glyph : (.8 + 1.4 * head_rows) * glyph
row_high = (out[strlen(out) - 3:*] eq ".svg" ? 1.6 : 1.3) * glyph # as the terminal sets them
high = inner + head_high + row_high * rows + .5 * glyph
key_top = 1 - head_high / high
top = inner / high
head_y = 1 - 1.1 * glyph / high # of its first line
head_font = sprintf(",%g", head_size)
