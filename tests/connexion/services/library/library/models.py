class Book:
    def __init__(self, id=None, title=None, isbn=None, price=None):
        self.id = id
        self.title = title
        self.isbn = isbn
        self.price = price

    @classmethod
    def from_dict(cls, values):
        return cls(**values)
