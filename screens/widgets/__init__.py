"""The building blocks of a screen: flat, bordered, measured in millimetres, each with a place in the semantic list.

text      Heading, Body, Label: words that wrap and are never cut
buttons   PushButton (primary, secondary, danger, link, bar), Tile
field     TextField; entry.py: DateEntry, AddressEntry; choices.py: ChoiceList, CheckList, YesNo
boxes     NoticeBox, WhyBox, ErrorSummary, Panel
layout    Column, Flow, ScrollArea: everything that puts things below or beside each other
keyboard  Keyboard; digits.py: DigitBoxes; code.py: CodeLine and the field for it
others    ProgressLine, Rows, QrImage, Dialog, Shield
"""
