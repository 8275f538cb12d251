def put_cover(book_id, title, scale, image):
    return {"book": book_id, "title": title, "scale": scale, "name": image.filename, "bytes": len(image.read())}
