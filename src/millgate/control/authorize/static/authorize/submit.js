// Sends the one form of the page, whose visible button does the same.
document.getElementById("answer").submit();
