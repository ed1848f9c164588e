"""Django views around an assistant."""
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template import Context, Template
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from .brain import think
from .models import Ticket


def answer(request):
    text = think(request.GET["q"])
    return render(request, "answer.html", {"text": text})


def banner(request):
    text = think("Write a banner in HTML")
    return render(request, "banner.html", {"banner": mark_safe(text)})


def badge(request):
    text = think("Write a badge label")
    return HttpResponse(format_html("<span class='badge'>{}</span>", text))


def card(request):
    text = escape(think("Write a card"))
    return HttpResponse("<div class='card'>%s</div>" % text)


def page(request):
    source = think("Write a Django template for the landing page")
    return HttpResponse(Template(source).render(Context({"user": request.user})))


def search(request):
    where = think("SQL condition for: " + request.GET["q"])
    rows = Ticket.objects.raw("SELECT * FROM app_ticket WHERE " + where)
    return JsonResponse({"ids": [r.id for r in rows]})


def search_title(request):
    word = think("One keyword for: " + request.GET["q"])
    rows = Ticket.objects.raw("SELECT * FROM app_ticket WHERE title LIKE %s", [f"%{word}%"])
    return JsonResponse({"ids": [r.id for r in rows]})


def stats(request):
    with connection.cursor() as cur:
        cur.execute("SELECT status, count(*) FROM app_ticket GROUP BY status")
        return JsonResponse({"rows": cur.fetchall()})


def jump(request):
    where = think("Which page should the user see next? Answer with an absolute URL")
    return redirect(where)
