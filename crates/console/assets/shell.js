// What the shells' pages do beyond links and forms. Everything works without it: a problem gets the focus, a form is sent once, a page that
// waits renews itself where it stands and is read aloud, a receipt is printed.
"use strict";

const problem = document.querySelector(".problem");
if (problem) problem.focus();

document.addEventListener("click", (event) => {
    const link = event.target.closest(".problem a[href^='#']");
    const place = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) return;
    event.preventDefault();
    for (let around = place.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    place.focus();
    place.scrollIntoView({ block: "center" });
});

// A form is sent once.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
});
// Whoever comes back by the browser's own button may send it again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

const print = document.querySelector("[data-print]");
if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
}

// What is being asked is shown as it comes. The sentence with the count is a status, which is read aloud when it changes and only then.
const RENEW = 1500;
// What was chosen on a card stays, so such a page is not loaded anew.
let chosen = false;
document.addEventListener("change", (event) => (chosen ||= event.target.closest(".ready") !== null));
// Cards of what has been found meanwhile come behind those that are there.
const deal = (old, fresh) => {
    const form = old?.querySelector("form");
    if (!old || !fresh) return;
    if (!form) return void (old.textContent === fresh.textContent || old.replaceWith(fresh));
    const end = form.querySelector(":scope > button");
    fresh.querySelectorAll(".card").forEach((card) => document.getElementById(card.id) || form.insertBefore(card, end));
};
const renew = async () => {
    const shown = document.querySelector("[data-progress]");
    if (!shown?.dataset.renews) return;
    if (document.hidden) return void setTimeout(renew, RENEW);
    try {
        const answer = await fetch(shown.dataset.progress, { headers: { accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const next = page.querySelector("[data-progress]");
        // Another step has another page; and so has whoever is signed out.
        if (!answer.ok || answer.redirected || !next || next.dataset.state !== shown.dataset.state || !next.dataset.renews) return void (chosen || location.reload());
        if (next.dataset.revision !== shown.dataset.revision) {
            const told = shown.querySelector("[role=status]");
            const said = next.querySelector("[role=status]");
            if (told.textContent !== said.textContent) told.textContent = said.textContent;
            shown.querySelectorAll("progress, .asks").forEach((old) => {
                const fresh = next.querySelector(old.matches("progress") ? "progress" : ".asks");
                if (fresh) old.replaceWith(fresh);
            });
            shown.dataset.revision = next.dataset.revision;
        }
        // Time alone brings the first of them.
        deal(shown.querySelector(".ready"), next.querySelector(".ready"));
    } catch {
        // The way to the node is broken for a moment; it is tried again.
    }
    setTimeout(renew, RENEW);
};
setTimeout(renew, RENEW);
