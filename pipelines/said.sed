# What make says of a variable that is wrong, without the place in the makefiles where that is judged.
s/^[^ ]*: \*\*\* \(.*\)\.  Stop\.$/mctools: \1/
