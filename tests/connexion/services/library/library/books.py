from decimal import Decimal

import connexion

from library.models import Book

BOOKS = [Book(1, "Emma", "0000000001"), Book(2, "Ulysses", price=Decimal("9.5")), Book(3, "Middlemarch")]


def list_books(page_size, id_=None, filter_=None, published_since=None):
    if published_since is not None:
        return [Book(0, published_since)]
    found = [book for book in BOOKS if (not id_ or book.id in id_) and (filter_ or "") in book.title]
    return found[:page_size]


def add_book(new_book):
    if connexion.request.is_json:
        book = Book.from_dict(connexion.request.get_json())
    assert new_book["title"] == book.title
    if len(book.title) < 2:
        raise connexion.ProblemException(status=422, title="Too short", detail=book.title, ext={"least": 2})
    book.id = 4
    return book, 201


class Shelf:
    @staticmethod
    def get_book(book_id):
        for book in BOOKS:
            if book.id == book_id:
                return book
        return connexion.problem(404, "No such book", f"There is no book {book_id}")
