# What every figure shares: fonts, rules, axes. The generated figure.gp has set the palette's line types and the variables before.
set encoding utf8
set datafile separator comma
set datafile columnheaders
set style fill transparent solid 0.16 noborder
set border 3 linewidth 0.7 linecolor rgb "#404040"
set tics out nomirror scale 0.6, 0.3 textcolor rgb "black"
set key off

INK = "#404040"
# Rows of one series and one cell; everything else is undefined and not drawn.
of(series, cell, value) = (strcol("series") eq series && strcol("cell") eq cell) ? value : NaN
# Panel titles stand above the axes, left-aligned, with their letter.
title_above(letter, text) = sprintf("{/:Bold %s}  %s", letter, text)
