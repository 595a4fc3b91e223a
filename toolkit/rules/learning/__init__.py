"""Gold → a pack of rules to read: what today's rules miss and what they wrongly propose.

======== ============================================================================
module   idea
======== ============================================================================
lesson   a gold document, and what a change of the rules would make of its editing work
form     the forms that a learned rule can take
terms    names: strings that gold nearly always gives one label
vetoes   strings that are proposed and never right
parts    endings that names are built with
contexts what stands beside a name of some shape, or at its edges
letters  short names that are names beside certain characters only
places   where the terms of candidates stand in a text
evidence what all lessons say for and against each candidate
judge    what to accept, tried on documents held out
needed   what of it a pack needs beside the rest
expected what the whole does in documents held out
learn    all of it in order
write    the pack as a folder
======== ============================================================================
"""
