// On a phone the tabs of the profile are one line that is pushed sideways: begin where one is.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
