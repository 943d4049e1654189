"""The screens: a thin projection of the visit's state onto one panel.

A state goes in (`KioskApp.show`), touch events come out (`send`). Nothing here decides anything, keeps
anything beyond the screen shown, or knows a device, a file of answers or a key.

How to write a screen
---------------------
1. `screens/thing.kv`: layout and bindings only. Set `title` and `lead`; children go into the body.

       #:import tr screens.text.tr
       #:import theme screens.theme.theme
       <ThingScreen>:
           title: tr.t('Stimmt alles?')
           lead: tr.t('Lesen Sie in Ruhe.')
           rows: rows
           Column:
               id: rows
               spacing: theme.space(16)

2. `screens/thing.py`: a `Screen` with `update(state)`.

       load_layout(__file__)

       class ThingScreen(Screen):
           rows = ObjectProperty(None)
           help_texts = (N_("Was hier hilft."),)

           def update(self, state):
               self.back = self.go_back()
               self.forward = self.go_on(N_("Weiter"), ReviewAccepted)
               ...

   `update` runs for the first state and for every later one with the same `key(state)`: also after a
   change of language. So it sets final texts with `tr.t(…)` each time, and does not touch what was typed.
   What only needs another language follows by itself: `text: tr.t('…')` in kv, `source=N_("…")` in Python.
   `self.aside` takes what helps (why box): below the body, on a landscape panel beside it.
   `self.head.add_widget(…, len(self.head.children))` puts something above the heading.
3. `screens/gallery.py` names the class for its state; it is imported when first shown.
4. Everything that means something has a `node_id`, a `role` and words (semantics.py): the list is what is
   spoken, what the arrow keys walk, and how tests tap (`bench.tap("continue")`).
5. Sizes in millimetres (`theme.mm(20)`) or steps (`theme.space(24)`), colours by token (`theme.muted`).
   Heights come from the words: `Column` stacks, `Grid` makes equal buttons, the screen pages by itself.
   In Python, repeat sizes when `theme.revision` changes.
6. Two type sizes (`theme.body`, `theme.heading`), two weights, one `primary` button, verb and noun on it.
7. Look at it: portrait and landscape, light and contrast, normal and large, German and English.

Modules: environment (before kivy), app (the application), gallery (state -> screen), stage (frame and
dialogs), screen (the base), semantics, focus, touch, theme, text, widgets/.
"""
