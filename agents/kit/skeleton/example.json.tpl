{"text": "The bell of the old church, the bell of the new", "most": 2}
