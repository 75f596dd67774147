// A sign on what takes long: from the click that sends a form to the answer, its button says so and the page is marked busy.
// The page works without it.
"use strict";

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  setTimeout(() => {
    const format = event.target.elements.namedItem("format");
    if (event.defaultPrevented || !button || (format && format.value !== "html")) return; // a file leaves this page as it is
    document.querySelector("main").setAttribute("aria-busy", "true");
    button.dataset.said = button.textContent;
    button.textContent = "Working …";
    button.disabled = true;
  }, 0);
});

// a page that comes back from the browser's memory is not busy any more
window.addEventListener("pageshow", () => {
  document.querySelector("main").removeAttribute("aria-busy");
  document.querySelectorAll("button[data-said]").forEach((button) => {
    button.textContent = button.dataset.said;
    button.disabled = false;
    delete button.dataset.said;
  });
});
