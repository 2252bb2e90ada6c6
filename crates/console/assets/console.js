// What pages do beyond links and forms: `/` goes to the search box, a problem gets the focus, live pages renew themselves.
"use strict";

document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        const box = document.getElementById("q");
        if (box) {
            event.preventDefault();
            box.focus();
        }
    }
});

const problem = document.querySelector(".problem");
if (problem) problem.focus();

// A form is sent once.
document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "post") {
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "1";
    }
});

// Live pages fetch themselves anew every ten seconds while they are seen, and say so if they cannot.
const pill = document.querySelector("[data-live]");
if (pill) {
    const renew = async () => {
        if (document.hidden) return;
        try {
            const answer = await fetch(pill.dataset.live, { headers: { accept: "text/html" } });
            if (!answer.ok) throw new Error(answer.status);
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const main = page.getElementById("main");
            if (main && !document.activeElement.closest("#main a, #main summary, #main button")) {
                document.getElementById("main").innerHTML = main.innerHTML;
            }
        } catch {
            document.querySelector("[data-live]").classList.add("late");
        }
    };
    setInterval(renew, 10000);
    document.addEventListener("visibilitychange", renew);
}
